/** What a task run refuses: the message goes into the run's log and its error. */
export class TaskError extends Error {
  override name = "TaskError";
}
