export { type Document, type Place, parseText, placeOf, readDocument } from "./document.ts";
export { type DocumentPath, formatPath } from "./position.ts";
export {
  formatProblem,
  type Problem,
  type ProblemCode,
  type Report,
  SlipwayError,
} from "./problem.ts";
export { describe } from "./sentence.ts";
export {
  type SchemaName,
  type SchemaProblem,
  schemaProblems,
  validateDocument,
} from "./validate.ts";
