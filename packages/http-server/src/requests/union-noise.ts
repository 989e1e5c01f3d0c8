import type { ErrorObject } from 'ajv';

function isUnion({ keyword }: ErrorObject): boolean {
  return keyword === 'anyOf' || keyword === 'oneOf';
}

function isWithin(path: string, parent: string): boolean {
  return path === parent || path.startsWith(`${parent}/`);
}

function belongsTo(error: ErrorObject, union: ErrorObject): boolean {
  return isWithin(error.schemaPath, union.schemaPath) && isWithin(error.instancePath, union.instancePath);
}

/** A branch is of another kind when the value itself, not something in it, has the wrong type for it. */
function isOtherKind(errors: readonly ErrorObject[], union: ErrorObject): boolean {
  return errors.some(
    ({ keyword, instancePath }) => keyword === 'type' && instancePath === union.instancePath,
  );
}

/** The errors of the branch the value was most likely meant for: one of its kind, with the fewest errors. */
function likeliestBranch(errors: readonly ErrorObject[], union: ErrorObject): readonly ErrorObject[] {
  const branchOf = ({ schemaPath }: ErrorObject): string =>
    schemaPath.slice(union.schemaPath.length + 1).split('/')[0] ?? '';
  const branches = [...Map.groupBy(errors, branchOf)].toSorted(([a], [b]) => Number(a) - Number(b));
  const ofItsKind = branches.filter(([, its]) => !isOtherKind(its, union));
  const candidates = ofItsKind.length > 0 ? ofItsKind : branches.slice(0, 1);
  const [likeliest] = candidates.toSorted(([, a], [, b]) => a.length - b.length);
  return likeliest?.[1] ?? [union];
}

/**
 * Reduces every failed `anyOf` and `oneOf` to the errors of one branch. ajv reports the errors of all branches and
 * then the one of the union itself, so a single pass with a stack finds them, inner unions first.
 */
export function withoutUnionNoise(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const kept: ErrorObject[] = [];
  for (const error of errors) {
    if (!isUnion(error)) {
      kept.push(error);
      continue;
    }
    const start = 1 + kept.findLastIndex((other) => !belongsTo(other, error));
    kept.push(...likeliestBranch(kept.splice(start), error));
  }
  return kept;
}
