// What a long step shows: on a terminal one line that is written anew, elsewhere
// a plain line at the start, every quarter of a minute and at the end.

/**
 * @typedef {object} Step
 * @property {(detail: string) => void} update what the step does just now
 * @property {(text: string) => void} done
 * @property {() => void} fail
 */
/** @typedef {{ step: (label: string) => Step, note: (text: string) => void }} Progress */

const REDRAW_MS = 200;
const PLAIN_MS = 15_000;
const DETAIL_LENGTH = 100;

/** Progress that shows nothing. @type {Progress} */
export const silent = {
  step: () => ({ update: () => {}, done: () => {}, fail: () => {} }),
  note: () => {},
};

/**
 * Progress on a stream.
 *
 * @param {NodeJS.WriteStream} [stream]
 * @returns {Progress}
 */
export function progressOn(stream = process.stderr) {
  return {
    note: (text) => void stream.write(`${text}\n`),
    step: (label) => (stream.isTTY ? liveStep(stream, label) : plainStep(stream, label)),
  };
}

/**
 * @param {NodeJS.WriteStream} stream
 * @param {string} label
 * @returns {Step}
 */
function liveStep(stream, label) {
  const since = Date.now();
  let detail = "";
  const draw = () => {
    const text = `${label} ${elapsed(since)} ${detail}`;
    stream.write(`\r\x1b[K${text.slice(0, (stream.columns || 80) - 1)}`);
  };
  draw();
  const timer = setInterval(draw, REDRAW_MS);
  timer.unref();
  /** @param {string} text */
  const end = (text) => {
    clearInterval(timer);
    stream.write(`\r\x1b[K${text}\n`);
  };
  return {
    update: (text) => {
      detail = oneLine(text);
    },
    done: (text) => end(`${label}: ${text} (${elapsed(since)})`),
    fail: () => end(`${label}: failed after ${elapsed(since)}`),
  };
}

/**
 * @param {NodeJS.WriteStream} stream
 * @param {string} label
 * @returns {Step}
 */
function plainStep(stream, label) {
  const since = Date.now();
  let detail = "";
  stream.write(`${label} ...\n`);
  const timer = setInterval(
    () => stream.write(`${label} ... ${elapsed(since)} ${detail}\n`),
    PLAIN_MS,
  );
  timer.unref();
  /** @param {string} text */
  const end = (text) => {
    clearInterval(timer);
    stream.write(`${label}: ${text}\n`);
  };
  return {
    update: (text) => {
      detail = oneLine(text);
    },
    done: (text) => end(`${text} (${elapsed(since)})`),
    fail: () => end(`failed after ${elapsed(since)}`),
  };
}

/** @param {number} since */
function elapsed(since) {
  return `${Math.round((Date.now() - since) / 1000)} s`;
}

/** @param {string} text */
function oneLine(text) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: other programs' colours are to be taken out
  const plain = text.replace(/\x1b\[[0-9;]*[A-Za-z]/g, "").trim();
  return plain.length > DETAIL_LENGTH ? `${plain.slice(0, DETAIL_LENGTH - 3)}...` : plain;
}
