/** Every bound of the Kafka log; the defaults suit production, tests set small ones. */
export interface KafkaLogLimits {
  /** An append that is not acknowledged after this time is rejected. */
  readonly appendTimeoutMs: number;
  /** One try to send a batch; then the producer is discarded and a new one tries again. */
  readonly sendTimeoutMs: number;
  /** How long `close` waits for appends under way. */
  readonly closeTimeoutMs: number;
  /** One request takes waiting appends up to this many bytes … */
  readonly batchBytes: number;
  /** … and records; an append is never split. */
  readonly batchRecords: number;
  /** Appends waiting or under way beyond this are refused with `log-overloaded`. */
  readonly queueBytes: number;
  /** A fetch returns at most about this many bytes of one partition (a larger batch comes alone). */
  readonly fetchBytes: number;
  /** Followers get at most this many records at once. */
  readonly chunkRecords: number;
  /** How long a broker may hold a fetch when there is nothing new. */
  readonly fetchWaitMs: number;
  /** Every other request to a broker, a new connection included. */
  readonly requestTimeoutMs: number;
  /** How long `openKafkaLog` tries to reach the brokers; Infinity: until it is told to stop. */
  readonly startTimeoutMs: number;
  /** A member of a group that sends no heartbeat for this time is replaced. */
  readonly sessionTimeoutMs: number;
  readonly heartbeatMs: number;
  /** A lease counts as fresh for this time after a heartbeat was sent that succeeded; well below the session. */
  readonly leaseMs: number;
}

const mebibyte = 1024 * 1024;

export const defaultLimits: KafkaLogLimits = {
  appendTimeoutMs: 30_000,
  sendTimeoutMs: 10_000,
  closeTimeoutMs: 5_000,
  batchBytes: 8 * mebibyte,
  batchRecords: 4_000,
  queueBytes: 256 * mebibyte,
  fetchBytes: 2 * mebibyte,
  chunkRecords: 500,
  fetchWaitMs: 5_000,
  requestTimeoutMs: 10_000,
  startTimeoutMs: Number.POSITIVE_INFINITY,
  sessionTimeoutMs: 10_000,
  heartbeatMs: 1_500,
  leaseMs: 6_000,
};
