/** Loaded into a service under test (`--import`): its clock is ahead by `CLOCK_AHEAD_MS`, or behind when that is negative. */
const aheadMs = Number(process.env['CLOCK_AHEAD_MS'] ?? 0);
const { now } = Date;
Date.now = () => now() + aheadMs;
globalThis.Date = new Proxy(Date, {
  construct: (target, values, newTarget) =>
    Reflect.construct(target, values.length === 0 ? [target.now()] : values, newTarget),
});

export {};
