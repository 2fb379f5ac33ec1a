const LOOPBACK = ["localhost", "127.0.0.1"];

/** The caller's exceptions from its proxy, loopback among them, under both of the variable's names. */
export function loopbackUnproxied(env: NodeJS.ProcessEnv): { NO_PROXY: string; no_proxy: string } {
  const given = (env.NO_PROXY ?? env.no_proxy ?? "").split(",");
  const others = given.filter((entry) => entry !== "" && !LOOPBACK.includes(entry));
  const list = [...others, ...LOOPBACK].join(",");
  return { NO_PROXY: list, no_proxy: list };
}
