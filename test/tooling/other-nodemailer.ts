/**
 * Preloaded by the test of the versions of nodemailer: whatever asks for nodemailer gets the package that is named by
 * NODEMAILER, for example `nodemailer-oldest`.
 */
import { registerHooks } from 'node:module';

const other = process.env.NODEMAILER ?? 'nodemailer';

registerHooks({
  resolve: (specifier, context, nextResolve) =>
    nextResolve(specifier.replace(/^nodemailer(?=\/|$)/, other), context),
});
