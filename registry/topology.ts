import type { CatalogueProblem } from "./catalogue.ts";
import type { App, AppMount } from "./types.ts";

/**
 * Rules about which app may see and reach what (D-13, D-15, S-12). They hold for any catalogue:
 * the shares of one solution are written by one app, and the internal share is seen by that app alone.
 */
export function topologyProblems(apps: ReadonlyMap<string, App>): CatalogueProblem[] {
  const problems: CatalogueProblem[] = [];
  for (const app of apps.values()) {
    problems.push(...kindProblems(app), ...mountProblems(app), ...reachProblems(app, apps));
  }
  problems.push(...writerProblems([...apps.values()]));
  return problems;
}

function kindProblems(app: App): CatalogueProblem[] {
  const problems: CatalogueProblem[] = [];
  if (app.component.kind !== "container") {
    problems.push(
      rule(
        app,
        ["component"],
        `found ${app.component.name}, which is a ${app.component.kind}, expected a container: only containers run; choose another component`,
      ),
    );
  }
  const memory = `${app.resources.cpu * 2}Gi`;
  if (Number.parseFloat(app.resources.memory) !== app.resources.cpu * 2) {
    problems.push(
      rule(
        app,
        ["resources", "memory"],
        `found ${app.resources.memory} beside cpu ${app.resources.cpu}, expected ${memory}: Azure gives two Gi to a core and refuses any other combination; correct one`,
      ),
    );
  }
  if (app.scale.min > app.scale.max) {
    problems.push(
      rule(
        app,
        ["scale"],
        `found min ${app.scale.min} above max ${app.scale.max}, expected min at most max; correct one`,
      ),
    );
  }
  return problems;
}

function mountProblems(app: App): CatalogueProblem[] {
  const problems: CatalogueProblem[] = [];
  if (app.scope === "shared" && app.mounts.length > 0) {
    problems.push(
      rule(
        app,
        ["mounts"],
        "found mounts of a shared app, expected none: shares belong to one solution; remove them",
      ),
    );
  }
  for (const [index, mount] of app.mounts.entries()) {
    if (mount.share === "internal" && mount.access === "read_only") {
      problems.push(
        rule(
          app,
          ["mounts", index],
          "found the internal share read_only, expected read_write: only the app that writes it may see it; change or remove the mount",
        ),
      );
    }
    if (app.mounts.some((other, at) => at < index && overlaps(other, mount))) {
      problems.push(
        rule(
          app,
          ["mounts", index],
          `found the share or path of another mount (${mount.share} at ${mount.path}), expected each share once and no path inside another; remove one`,
        ),
      );
    }
  }
  const clonesInto = app.clonesCustomerRepository && app.mounts.some(isCustomerWriter);
  if (clonesInto && app.scale.max > 1) {
    problems.push(
      rule(
        app,
        ["scale"],
        `found at most ${app.scale.max} replicas of an app that clones the customer repository, expected at most 1: two first starts would clone into one share; set max to 1`,
      ),
    );
  }
  if (app.clonesCustomerRepository && !clonesInto) {
    problems.push(
      rule(
        app,
        ["clones_customer_repository"],
        "found true without a read_write mount of the customer share, expected one to clone into; add the mount or remove this line",
      ),
    );
  }
  return problems;
}

/** At most one app writes a solution's shares, and it is the one that sees the internal share (D-13). */
function writerProblems(apps: readonly App[]): CatalogueProblem[] {
  const problems: CatalogueProblem[] = [];
  const [writer, ...writers] = apps.filter((app) => app.mounts.some(isCustomerWriter));
  const [insider, ...insiders] = apps.filter((app) => app.mounts.some(isInternal));
  for (const app of writers) {
    problems.push(
      rule(
        app,
        ["mounts"],
        `found a read_write mount of the customer share, which ${writer?.name} has already, expected one writer; make it read_only`,
      ),
    );
  }
  for (const app of insiders) {
    problems.push(
      rule(
        app,
        ["mounts"],
        `found a mount of the internal share, which ${insider?.name} has already, expected one app to see it; remove the mount`,
      ),
    );
  }
  const single = writers.length === 0 && insiders.length === 0;
  if (single && writer !== undefined && insider !== undefined && writer !== insider) {
    problems.push(
      rule(
        insider,
        ["mounts"],
        `found a mount of the internal share, but ${writer.name} writes the customer share, expected one app to do both; move the mount`,
      ),
    );
  }
  return problems;
}

function reachProblems(app: App, apps: ReadonlyMap<string, App>): CatalogueProblem[] {
  const problems: CatalogueProblem[] = [];
  for (const [variable, value] of Object.entries(app.env)) {
    const target = "urlOf" in value ? apps.get(value.urlOf) : undefined;
    if (target === undefined) continue;
    if (app.scope === "shared" && target.scope === "solution") {
      problems.push(
        rule(
          app,
          ["env", variable, "url_of"],
          `found ${target.name}, which every solution has one of, expected a shared app: a shared app has no solution; choose another`,
        ),
      );
    }
    if (app.scope === "solution" && target.scope === "shared" && !target.ingress.external) {
      problems.push(
        rule(
          app,
          ["env", variable, "url_of"],
          `found ${target.name}, a shared app with internal ingress, expected external ingress: other cells cannot reach it; make it external`,
        ),
      );
    }
  }
  return problems;
}

function isCustomerWriter(mount: AppMount): boolean {
  return mount.share === "customer" && mount.access === "read_write";
}

function isInternal(mount: AppMount): boolean {
  return mount.share === "internal";
}

function overlaps(a: AppMount, b: AppMount): boolean {
  return (
    a.share === b.share ||
    `${a.path}/`.startsWith(`${b.path}/`) ||
    `${b.path}/`.startsWith(`${a.path}/`)
  );
}

function rule(app: App, path: (string | number)[], message: string): CatalogueProblem {
  return { code: "catalogue-rule", path: ["apps", app.name, ...path], message };
}
