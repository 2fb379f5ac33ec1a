import { badRequest } from "../core/errors.ts";

/** A rule for names: the pattern, the length, and how Azure says that it is broken. */
export interface NameRule {
  pattern: RegExp;
  min: number;
  max: number;
  code: string;
  message: (name: string) => string;
}

/** @returns a check that throws ArmError 400 with the rule's code */
export function nameCheck(rule: NameRule): (name: string) => void {
  return (name) => {
    const fits = name.length >= rule.min && name.length <= rule.max && rule.pattern.test(name);
    if (!fits) throw badRequest(rule.code, rule.message(name));
  };
}
