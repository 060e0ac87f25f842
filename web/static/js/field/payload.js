/** A record as the server takes it, and what it still lacks. */
const REFUSED = "refused";

export function payload(record) {
  const { values, task } = record;
  const lines = task.sheet.lines.map((line) => ({ code: line.code, ...answerTo(values, line.code) }));
  return {
    started_at: values.started_at,
    ended_at: values.ended_at,
    lines: lines.filter((line) => line.verdict),
    result: values.result,
    summary: values.summary.trim(),
    location: values.location,
    evidence: evidence(record).map(({ sha256, name, kind, taken_at }) => ({ sha256, name, kind, taken_at })),
    signature: signature(values.signature),
  };
}

/** Return the files that belong to the record: a signature only while it is the chosen one. */
export function evidence(record) {
  const { way, image } = record.values.signature;
  return record.files.filter((file) => file.kind !== "signature" || (way === "signed" && file.sha256 === image));
}

function answerTo(values, code) {
  const { verdict = "", note = "" } = values.lines[code] || {};
  return { verdict, note: note.trim() };
}

function signature({ way, signer, image, witnesses, reason }) {
  if (!way) return null;
  const isRefused = way === REFUSED;
  return {
    kind: isRefused ? REFUSED : "signed",
    signer: signer.trim(),
    image_sha256: way === "signed" ? image : null,
    witnesses: isRefused ? witnesses.map((name) => name.trim()).filter(Boolean) : [],
    reason: isRefused ? reason.trim() : "",
  };
}

/**
 * Return what is missing as [id of the field, words]. The rules are the server's; the phone only reminds while one
 * is still on the site. *choice* says what the chosen result needs.
 */
export function missing(record, choices) {
  const { values, task } = record;
  const choice = choices.results.find((one) => one.value === values.result);
  const found = [];
  if (!choice || choice.needs_lines) {
    task.sheet.lines.forEach((line, index) => {
      const { verdict, note } = answerTo(values, line.code);
      if (!verdict) found.push([`line-${line.code}`, `第 ${index + 1} 项没有结论`]);
      else if (verdict === "no" && !note) found.push([`note-${line.code}`, `第 ${index + 1} 项不符合，没有写情形`]);
    });
  }
  if (!choice) found.push(["result", "没有选检查结果"]);
  if (!values.summary.trim()) found.push(["summary", "没有写现场情况"]);
  return [...found, ...missingSignature(values.signature, choice)];
}

function missingSignature({ way, signer, image, witnesses, reason }, choice) {
  if (!way) return choice && !choice.needs_signature ? [] : [["signature", "没有选签名方式"]];
  const found = [];
  if (!signer.trim()) found.push(["signature-signer", way === REFUSED ? "没有写拒签人" : "没有写签名人"]);
  if (way === "signed" && !image) found.push(["signature-pad", "没有手写签名"]);
  if (way === REFUSED && !reason.trim()) found.push(["signature-reason", "没有写拒签理由"]);
  if (way === REFUSED && !witnesses.some((name) => name.trim())) found.push(["signature-witness-0", "没有写见证人"]);
  return found;
}
