/** Pieces of the JSON schema of guest NICs. */

export const text = (description: string) =>
  ({
    type: 'string',
    pattern: '^[^\\u0000-\\u001f\\u007f]+$',
    description,
    'x-hint': 'text without line breaks and other control characters',
  }) as const;
export const flag = (description: string) => ({ type: 'boolean', description }) as const;
export const choice = <const T extends readonly string[]>(values: T, description: string) =>
  ({ type: 'string', enum: values, description }) as const;
export const count = (description: string, minimum: number, maximum: number) =>
  ({ type: 'integer', minimum, maximum, description }) as const;
export const record = <const T>(description: string, properties: T) =>
  ({ type: 'object', additionalProperties: false, description, properties }) as const;

export const objectName = (description: string) =>
  ({
    type: 'string',
    pattern: '^[^/\\u0000-\\u001f\\u007f]+$',
    description,
    'x-hint': 'a name has no slash and no control characters',
  }) as const;

export const linkName = (description: string) =>
  ({
    type: 'string',
    pattern: '^(?!\\.{1,2}$)[^/:%\\s\\u0000-\\u001f\\u007f]{1,15}$',
    description,
    'x-hint': 'an interface name has 1 to 15 characters, no slash, colon, percent sign or white space',
  }) as const;

export const uint32 = 4294967295;

export const filePath = (description: string) =>
  ({
    type: 'string',
    pattern: '^/[^\\u0000-\\u001f\\u007f]*$',
    description,
    'x-hint': 'an absolute path',
  }) as const;

/** A path that '' removes. */
export const scriptPath = (description: string) =>
  ({
    type: 'string',
    pattern: '^(?:/[^\\u0000-\\u001f\\u007f]*)?$',
    description,
    'x-hint': "an absolute path, or '' for none",
  }) as const;

export const list = <const T>(description: string, items: T) =>
  ({ type: 'array', description, items }) as const;
