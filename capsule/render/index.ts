export { type ObjectDifference, renderedDifference } from "./difference.ts";
export { type Rendering, type RenderOptions, renderCapsule } from "./render.ts";
