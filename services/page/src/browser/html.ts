import htm from 'htm';
import { h, type VNode } from 'preact';

export type Child = VNode | string | number | null | undefined | false | readonly Child[];

/** Markup as a tagged template: text stays text, whatever it says. */
export const html = (htm as unknown as { bind(create: typeof h): unknown }).bind(h) as (
  strings: TemplateStringsArray,
  ...values: readonly unknown[]
) => VNode;
