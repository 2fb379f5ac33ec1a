import { StringDecoder } from "node:string_decoder";

/** Collects a run's log line by line, so that a secret never slips through between two chunks. */
export class RunLog {
  private readonly decoder = new StringDecoder("utf8");
  private pending = "";

  /**
   * @param write gets whole lines
   * @param secrets replaced by `***`, in clear and as http basic authentication carries them
   * @param names what stands in output -> what the user knows it by
   */
  constructor(
    private readonly write: (chunk: string) => void,
    private readonly secrets: readonly string[],
    private readonly names: ReadonlyMap<string, string>,
  ) {}

  /** A line of ACR's own, with its time. */
  event(message: string): void {
    const time = new Date().toISOString().slice(0, 19).replaceAll("-", "/").replace("T", " ");
    this.line(`${time} ${message}`);
  }

  line(text: string): void {
    this.write(`${this.clean(text)}\n`);
  }

  /** Output of a process, as it comes. */
  output(chunk: Buffer): void {
    this.pending += this.decoder.write(chunk);
    const lines = this.pending.split("\n");
    this.pending = lines.pop() ?? "";
    for (const text of lines) this.line(text);
  }

  /** Writes an unfinished last line. */
  flush(): void {
    if (this.pending !== "") this.line(this.pending);
    this.pending = "";
  }

  /** The text as it may be shown. */
  clean(text: string): string {
    let shown = text;
    for (const secret of this.secrets.flatMap(forms)) shown = shown.replaceAll(secret, "***");
    for (const [from, to] of this.names) shown = shown.replaceAll(from, to);
    return shown;
  }
}

/** A secret of several lines shows up line by line. */
function forms(secret: string): string[] {
  const lines = secret.split("\n").filter((text) => text.trim() !== "");
  const basic = Buffer.from(`x-access-token:${secret}`).toString("base64");
  return secret.trim() === "" ? [] : [basic, encodeURIComponent(secret), ...lines];
}
