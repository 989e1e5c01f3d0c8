/**
 * The long form of the tests over Kafka: thousands of mails while mailers are killed, and while brokers are. Variables
 * that are set win.
 */
process.env['TORTURE_MAILS'] ??= '5000';
process.env['TORTURE_BROKER_MAILS'] ??= '10000';
process.env['TORTURE_BROKER_KILLS'] ??= '20';
process.env['TAP_TIMEOUT'] ??= '1800';
await import('./distributed.integration.test.ts');
await import('./broker-outages.integration.test.ts');
