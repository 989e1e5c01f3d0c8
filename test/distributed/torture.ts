/** The long form of the tests over Kafka; variables that are set win. */
process.env['TORTURE_MAILS'] ??= '5000';
process.env['TAP_TIMEOUT'] ??= '1800';
await import('./distributed.integration.test.ts');
