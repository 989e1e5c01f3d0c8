/** A browser without a page: cookies for each origin, and the links it is led along. */
export interface LinkBrowser {
  /** One request, not led on. */
  open(
    address: string,
    options?: { readonly form?: Record<string, string>; readonly accept?: string },
  ): Promise<Response>;
  /** Led on until an address begins with one of these, which is not opened. */
  follow(address: string, ...until: readonly string[]): Promise<string>;
  /** What is sent to an origin, for another browser to steal. */
  readonly jars: Map<string, Map<string, string>>;
}

export function createLinkBrowser(): LinkBrowser {
  const jars = new Map<string, Map<string, string>>();
  const jarOf = (address: string): Map<string, string> => {
    const { origin } = new URL(address);
    const jar = jars.get(origin) ?? new Map<string, string>();
    jars.set(origin, jar);
    return jar;
  };
  const browser: LinkBrowser = {
    jars,
    async open(address, { form, accept = 'text/html' } = {}) {
      const jar = jarOf(address);
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(address, {
        redirect: 'manual',
        headers: { accept, ...(cookie === '' ? {} : { cookie }) },
        ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
      });
      for (const line of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        const isGone = value === '' || /max-age=0|expires=thu, 01 jan 1970/i.test(line);
        if (isGone) jar.delete(name);
        else jar.set(name, value);
      }
      return response;
    },
    async follow(address, ...until) {
      let current = address;
      for (let count = 0; count < 10; count += 1) {
        if (until.some((one) => current.startsWith(one))) return current;
        const response = await browser.open(current);
        const location = response.headers.get('location');
        if (location === null) return current;
        current = new URL(location, current).href;
      }
      throw new Error(`too many redirects, at ${new URL(current).pathname}`);
    },
  };
  return browser;
}

/** Signs in at the provider, and stops before the answer of the provider reaches the service: its address. */
export async function signInAtProvider(
  browser: LinkBrowser,
  authorization: string,
  user: string,
  callback: string,
): Promise<string> {
  const { origin } = new URL(authorization);
  const form = await browser.follow(authorization, `${origin}/interaction/`, callback);
  if (form.startsWith(callback)) return form;
  const action = user === '' ? 'cancel' : 'login';
  const answered = await browser.open(form, { form: { action, user } });
  const next = answered.headers.get('location') ?? '';
  return browser.follow(new URL(next, form).href, callback);
}
