// Which titles a text means, best first.
const folded = text => text.normalize("NFKC").trim().toLowerCase()

/** The exact title, titles that begin so, those with a word that begins so, those that contain it; then as they stand. */
export function ranked(titles, text) {
  const wanted = folded(text)
  if (!wanted) return titles
  const rank = title => {
    const own = folded(title)
    if (title === text) return 0
    if (own === wanted) return 1
    if (own.startsWith(wanted)) return 2
    if (own.split(/[^\p{L}\p{N}]+/u).some(word => word.startsWith(wanted))) return 3
    return own.includes(wanted) ? 4 : 9
  }
  const found = titles.map((title, place) => ({ title, place, rank: rank(title) })).filter(one => one.rank < 9)
  return found.sort((one, other) => one.rank - other.rank || one.place - other.place).map(one => one.title)
}

/** The one title that a pasted or typed text spells, whatever its case; else the text itself, which is refused. */
export function spelled(titles, text) {
  if (titles.includes(text)) return text
  const same = titles.filter(title => folded(title) === folded(text))
  return same.length === 1 ? same[0] : text
}

/** The lines of a pasted text, of each its first cell. */
export function lines(text) {
  const found = text.replace(/\r\n?/g, "\n").replace(/\n$/, "").split("\n")
  return found.map(line => line.split("\t")[0].replace(/^"(.*)"$/, "$1").trim())
}
