/** The release, as in package.json; a test compares both. Other servers are told it in `User-Agent`. */
export const productVersion = '0.1.0';
