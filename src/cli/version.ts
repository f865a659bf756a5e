declare const WIREBOOK_VERSION: string;

/** Set by the build. */
export const version = typeof WIREBOOK_VERSION === 'string' ? WIREBOOK_VERSION : '0.0.0-source';
