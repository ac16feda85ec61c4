// The line above the grid. It has its place whether or not it says something, so that nothing below it moves.
const ICONS = { success: "✓", info: "ⓘ", warning: "⚠", error: "⚠" }

export class Message {
  constructor(table) {
    this.table = table
    this.dismissed = null
    this.element = document.createElement("div")
    this.element.className = "above"
    this.line = document.createElement("div")
    this.line.className = "line"
    this.line.setAttribute("role", "status")
    this.newer = document.createElement("div")
    this.newer.className = "newer"
    this.newer.setAttribute("role", "status")
    this.list = document.createElement("div")
    this.list.className = "refused"
    this.element.append(this.line, this.newer, this.list)
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
    const text = document.createElement("span")
    text.textContent = `${ICONS[answer.level] ?? ""} ${answer.text}`
    this.line.append(text)
    const [first, ...others] = answer.rows
    if (first && !others.length && !answer.unplaced) this.line.append(...this.titles(first))
    else if (answer.rows.length) this.refused(answer.rows)
    if (answer.undo) this.line.append(button("Undo", () => this.table.act({ kind: "undo" })))
    this.line.append(button("✕", () => this.dismiss(), "Close this message", "close"))
    this.line.scrollLeft = 0
  }

  hint() {
    const words = "Type or press Enter to choose · Shift+arrows select · Ctrl+C, Ctrl+V, Ctrl+D fill down · Delete: Unassociated"
    this.line.replaceChildren(Object.assign(document.createElement("span"), { className: "hint", textContent: words }))
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

  refused(rows) {
    const head = document.createElement("div")
    head.className = "head"
    const heading = document.createElement("strong")
    heading.textContent = rows.length === 1 ? "1 cell was left as it was" : `${rows.length.toLocaleString("en")} cells were left as they were`
    head.append(heading, button("✕", () => this.list.replaceChildren(), "Close this list", "close"))
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

export function button(text, act, name = "", kind = "") {
  const made = document.createElement("button")
  made.type = "button"
  made.textContent = text
  if (name) made.setAttribute("aria-label", name)
  if (kind) made.className = kind
  made.addEventListener("click", act)
  return made
}
