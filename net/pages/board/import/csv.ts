// Tables of comma- or semicolon-separated values (RFC 4180), as spreadsheets write them.

export interface CsvRecord {
  /** The line of the text where the record begins, from 1. */
  line: number;
  fields: string[];
}

export interface CsvTable {
  separator: "," | ";" | "\t";
  records: CsvRecord[];
}

// The one that the header line has most of, outside of quotes.
function separatorOf(text: string): CsvTable["separator"] {
  const header = text.slice(0, text.search(/[\r\n]|$/)).replace(/"[^"]*"/g, "");
  const count = (separator: string) => header.split(separator).length;
  if (count("\t") > Math.max(count(";"), count(","))) return "\t";
  return count(";") > count(",") ? ";" : ",";
}

/** Fields are trimmed; empty lines are left out. */
export function parseCsv(given: string): CsvTable {
  const text = given.replace(/^\uFEFF/, "");
  const separator = separatorOf(text);
  const records: CsvRecord[] = [];
  let fields: string[] = [], field = "", quoted = false, line = 1, begin = 1;
  const endField = () => { fields.push(field.trim()); field = ""; };
  const endRecord = () => {
    endField();
    if (fields.some((one) => one !== "")) records.push({ line: begin, fields });
    fields = [];
  };
  for (let at = 0; at < text.length; ++at) {
    const character = text[at]!;
    if (character === "\n") ++line;
    if (quoted) {
      if (character !== '"') field += character;
      else if (text[at + 1] === '"') { field += '"'; ++at; } else quoted = false;
    } else if (character === '"' && field.trim() === "") {
      quoted = true;
      field = "";
    } else if (character === separator) {
      endField();
    } else if (character === "\n") {
      endRecord();
      begin = line;
    } else if (character !== "\r") {
      field += character;
    }
  }
  endRecord();
  return { separator, records };
}
