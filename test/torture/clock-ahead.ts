/** Loaded into a service under test (`--import`): its clock is ahead by `CLOCK_AHEAD_MS`, so that what waits is due. */
const aheadMs = Number(process.env['CLOCK_AHEAD_MS'] ?? 0);
const { now } = Date;
Date.now = () => now() + aheadMs;

export {};
