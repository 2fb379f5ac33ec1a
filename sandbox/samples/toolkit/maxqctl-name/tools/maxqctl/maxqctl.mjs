#!/usr/bin/env node
const [verb, ...words] = process.argv.slice(2);
if (verb === "version") console.log("maxqctl @VERSION@ (@COMMIT@)");
else if (verb === "name" && words.length > 0) console.log(words.join("-").toLowerCase());
else {
  console.error("usage: maxqctl name WORD... | version");
  process.exitCode = 2;
}
