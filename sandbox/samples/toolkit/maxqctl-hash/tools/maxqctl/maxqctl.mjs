#!/usr/bin/env node
import { createHash } from "node:crypto";

const [verb, ...words] = process.argv.slice(2);
const id = words.join("-").toLowerCase();
if (verb === "version") console.log("maxqctl @VERSION@ (@COMMIT@)");
else if (verb === "name" && id !== "") console.log(id);
else if (verb === "hash" && id !== "") {
  console.log(createHash("sha256").update(id).digest("hex").slice(0, 12));
} else {
  console.error("usage: maxqctl name|hash WORD... | version");
  process.exitCode = 2;
}
