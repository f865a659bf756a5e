/** Which way of writing a text YAML 1.1 would read back as that text: PyYAML's analysis of scalars. */

/** What a plain scalar would be read as something else than text. */
const OTHER_TYPES = [
  /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/,
  /^(?:[-+]?(?:\d[\d_]*)\.[\d_]*(?:[eE][-+]\d+)?|\.\d[\d_]*(?:[eE][-+]\d+)?|[-+]?\d[\d_]*(?::[0-5]?\d)+\.[\d_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  /^(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][\d_]*)|[-+]?0x[\da-fA-F_]+|[-+]?[1-9][\d_]*(?::[0-5]?\d)+)$/,
  /^(?:<<|=|~|null|Null|NULL|)$/,
  /^(?:\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?)$/,
];

const SPECIAL = /[^\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10fffe}]/u;

/** Whether the text can stand without quotes. */
export function isPlain(text: string, inFlow: boolean): boolean {
  if (OTHER_TYPES.some((pattern) => pattern.test(text))) return false;
  if (SPECIAL.test(text) || /[\n\x85\u2028\u2029]|^ | $/.test(text)) return false;
  if (/^(?:---|\.\.\.)|^[#,[\]{}&*!|>'"%@`]|^[-?:](?:\s|$)|:(?:\s|$)|\s#/.test(text)) return false;
  return !inFlow || !/^[?:]|[,?[\]{}:]/.test(text);
}

/** Whether the text can stand between single quotes. */
export function isSingleQuotable(text: string): boolean {
  return !SPECIAL.test(text) && !/[\n\x85\u2028\u2029] | [\n\x85\u2028\u2029]/.test(text);
}
