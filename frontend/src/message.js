// What stands above the grid: two lines, which have their place whether or not they say something, so that nothing below
// moves. What they say, and how many cells are selected, is spoken by screen readers as well.
const ICONS = { success: "✓", info: "ⓘ", warning: "⚠", error: "⚠" }

export class Message {
  constructor(table) {
    this.table = table
    this.dismissed = null
    this.chosen = 0
    this.element = document.createElement("div")
    this.element.className = "above"
    this.line = document.createElement("div")
    this.line.className = "line"
    this.newer = document.createElement("div")
    this.newer.className = "newer"
    this.newer.setAttribute("role", "status")
    this.list = document.createElement("div")
    this.list.className = "refused"
    this.spoken = document.createElement("div")
    this.spoken.className = "spoken"
    this.spoken.setAttribute("role", "status")
    this.element.append(this.line, this.newer, this.list, this.spoken)
    this.element.addEventListener("keydown", event => {
      if (event.key === "Escape") this.dismiss()
    })
    this.hint()
  }

  /** What the server said last; null: nothing. */
  answer(answer) {
    if (answer?.id === this.shown?.id) return
    this.shown = answer
    this.list.replaceChildren()
    this.line.replaceChildren()
    this.line.className = "line"
    if (!answer || answer.id === this.dismissed) return this.hint()
    this.line.classList.add(answer.level)
    const text = part("text", `${ICONS[answer.level] ?? ""} ${answer.text}`)
    text.title = answer.text
    const head = part("said", "", text)
    const [first, ...others] = answer.rows
    const isOne = first && !others.length && !answer.unplaced
    if (answer.undo) head.append(button("Undo", () => this.table.act({ kind: "undo" })))
    head.append(button("✕", () => this.dismiss(), "Close this message", "close"))
    this.line.append(head)
    const titles = isOne ? this.titles(first) : []
    if (isOne) this.line.append(part("titles", "", ...titles))
    else if (answer.rows.length) this.refused(answer.rows)
    this.say(answer.text + (titles.length ? ` ${titles.map(one => one.textContent).join(", ")}` : ""))
  }

  /** Let a screen reader say it, also where it said the same before. */
  say(text) {
    clearTimeout(this.soon)
    this.spoken.textContent = ""
    this.soon = setTimeout(() => { this.spoken.textContent = text }, 250) // one holds a key down: only the last counts
  }

  /** How many cells are selected; one is none. */
  selected(number) {
    if (number === this.chosen) return
    this.chosen = number
    if (this.line.querySelector(".hint")) this.hint()
    this.say(number ? `${number.toLocaleString("en")} cells selected` : "")
  }

  hint() {
    const keys = "Type or press Enter to choose · Shift+arrows select · Ctrl+C, Ctrl+V, Ctrl+D fill down · Delete: Unassociated · Ctrl+Z undo"
    const chosen = this.chosen ? `${this.chosen.toLocaleString("en")} cells selected · ` : ""
    this.line.replaceChildren(part("hint", chosen + keys))
  }

  dismiss() {
    this.dismissed = this.shown?.id ?? null
    this.list.replaceChildren()
    this.line.className = "line"
    this.hint()
    this.table.focusAgain()
  }

  /** The valid titles of a refused row, each a button that takes it. */
  titles({ key }) {
    const row = this.table.row(key)
    const titles = row ? this.table.titles(row) : []
    return titles.map(title => button(title, () => {
      this.dismiss()
      this.table.pick([[key, title]])
      this.table.focusKey(key)
    }, `${title}, for ${this.table.place(row)}`, "title"))
  }

  /** Put the list of refused rows away, which lies over the grid. */
  close() {
    this.list.replaceChildren()
    this.list.removeAttribute("role")
    this.list.removeAttribute("aria-label")
  }

  refused(rows) {
    const head = document.createElement("div")
    head.className = "head"
    const heading = document.createElement("strong")
    heading.textContent = rows.length === 1 ? "1 cell was left as it was" : `${rows.length.toLocaleString("en")} cells were left as they were`
    head.append(heading, button("✕", () => this.close(), "Close this list", "close"))
    const entries = document.createElement("ol")
    for (const row of rows.slice(0, 200)) {
      const entry = document.createElement("li")
      const text = document.createElement("div")
      text.textContent = `${row.name}: ${row.reason}`
      const titles = document.createElement("div")
      titles.className = "titles"
      titles.append(...this.titles(row))
      entry.append(text, titles)
      entries.append(entry)
    }
    this.list.replaceChildren(head, entries)
    this.list.setAttribute("role", "region")
    this.list.setAttribute("aria-label", heading.textContent)
  }

  /** That the store knows more than the grid shows; "": it does not. */
  news(text) {
    if (this.newer.dataset.text === text) return
    this.newer.dataset.text = text
    this.newer.replaceChildren()
    if (text) this.newer.append(text, button("show", () => this.table.act({ kind: "show" }), "Show the new data"))
  }
}

function part(kind, text, ...inside) {
  const made = document.createElement("div")
  made.className = kind
  made.textContent = text
  made.append(...inside)
  return made
}

export function button(text, act, name = "", kind = "") {
  const made = document.createElement("button")
  made.type = "button"
  made.textContent = text
  if (name) made.setAttribute("aria-label", name)
  if (kind) made.className = kind
  made.addEventListener("click", act)
  return made
}
