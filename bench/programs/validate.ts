/** The records benchmark: reads and validates a whole checkout. */
import { loadCheckout } from "../../config/index.ts";

const { checkout, problems } = await loadCheckout(process.argv[2] ?? ".");
if (checkout === undefined || problems.length > 0) {
  throw new Error(
    `expected a checkout without problems, got ${problems.length}: ${problems[0]?.message}`,
  );
}
console.log(problems.length);
