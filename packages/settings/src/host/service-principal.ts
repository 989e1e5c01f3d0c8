const pattern = /^[A-Za-z][A-Za-z0-9-]{0,62}\/[A-Za-z0-9._-]{1,253}$/;

/** Whether a text names a service in a domain (SPN): `service/host`, without the realm, which follows from the host. */
export const isServicePrincipal = (name: string): boolean => pattern.test(name);
