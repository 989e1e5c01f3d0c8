/** `DOMAIN\user` in its parts. A `user@domain` name is the user, and its domain stays empty. */
export function domainUser(name: string): { readonly user: string; readonly domain: string } {
  const [, domain = '', user = name] = /^([^\\]+)\\(.+)$/.exec(name) ?? [];
  return { user, domain };
}
