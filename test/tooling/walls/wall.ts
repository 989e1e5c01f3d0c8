/** Small files that break a wall, and their neighbors that do not. Paths decide, so each stands where it would. */
type Files = Readonly<Record<string, string>>;

export interface Wall {
  readonly says: string;
  /** The lint rule that reports every file of `broken` and none of `kept`. */
  readonly rule: string;
  readonly broken: Files;
  readonly kept?: Files;
}
