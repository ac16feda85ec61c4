// The editor of a SIS Category cell: a combobox with a list (ARIA 1.2), over the cell.
import { ranked, spelled } from "./choices.js"

let made = 0

export class CategoryEditor {
  init(params) {
    this.params = params
    this.table = params.context
    this.row = params.data
    this.titles = this.table.titles(this.row)
    this.isTyped = false
    const id = `gpb-list-${++made}`
    this.gui = document.createElement("div")
    this.gui.className = "editor"
    this.gui.style.width = `${Math.max(params.column.getActualWidth(), 200)}px`
    this.input = document.createElement("input")
    Object.assign(this.input, { type: "text", autocomplete: "off", spellcheck: false, value: this.row.label })
    const named = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "true", "aria-controls": id }
    for (const [name, value] of Object.entries(named)) this.input.setAttribute(name, value)
    this.input.setAttribute("aria-label", this.table.named(this.row))
    this.list = document.createElement("ul")
    this.list.id = id
    this.list.setAttribute("role", "listbox")
    this.list.setAttribute("aria-label", "Categories of this section")
    this.gui.append(this.input, this.list)
    this.input.addEventListener("input", () => {
      this.isTyped = true
      this.offer(ranked(this.titles, this.input.value))
    })
    this.gui.addEventListener("keydown", event => this.key(event))
    this.list.addEventListener("mousedown", event => event.preventDefault()) // the text keeps the focus
    this.list.addEventListener("click", event => {
      const option = event.target.closest("[role=option]")
      if (option) this.take(option.dataset.title)
    })
    const key = params.eventKey
    if (key?.length === 1) {
      this.input.value = key
      this.isTyped = true
    }
    this.offer(this.isTyped ? ranked(this.titles, this.input.value) : this.titles)
    this.table.editor = this
  }

  getGui() { return this.gui }
  isPopup() { return true }
  getPopupPosition() { return "over" }
  isCancelAfterEnd() { return true } // a choice goes to the server, not into the grid's own data
  getValue() { return this.row.label }
  destroy() { if (this.table.editor === this) this.table.editor = null }

  afterGuiAttached() {
    this.gui.closest("[role=dialog]")?.setAttribute("aria-label", this.table.named(this.row)) // the library's, without a name
    this.input.focus()
    if (!this.isTyped) this.input.select()
    this.mark(this.active)
  }

  offer(titles) {
    this.offered = titles
    this.list.replaceChildren(...titles.map((title, place) => {
      const option = document.createElement("li")
      option.id = `${this.list.id}-${place}`
      option.dataset.title = title
      option.textContent = title
      option.setAttribute("role", "option")
      option.classList.toggle("present", title === this.row.label)
      return option
    }))
    if (!titles.length) {
      const none = document.createElement("li")
      none.className = "none"
      none.textContent = "No category of this section is called so."
      this.list.append(none)
    }
    this.mark(this.isTyped ? 0 : Math.max(titles.indexOf(this.row.label), 0))
  }

  mark(place) {
    this.active = place
    const options = [...this.list.querySelectorAll("[role=option]")]
    options.forEach((option, own) => option.setAttribute("aria-selected", String(own === place)))
    if (options[place]) {
      this.input.setAttribute("aria-activedescendant", options[place].id)
      options[place].scrollIntoView({ block: "nearest" })
    } else this.input.removeAttribute("aria-activedescendant")
  }

  key(event) {
    event.stopPropagation()
    const last = this.offered.length - 1
    const steps = { ArrowDown: this.active + 1, ArrowUp: this.active - 1, PageDown: this.active + 7, PageUp: this.active - 7 }
    if (event.key in steps) this.mark(Math.min(Math.max(steps[event.key], 0), last))
    else if (event.key === "Enter") this.finish(1)
    else if (event.key === "Tab") this.finish(0)
    else if (event.key === "Escape") this.close()
    else return
    event.preventDefault()
  }

  /** Take what is marked; `down` rows below goes the focus. A text that no title has is refused like any choice. */
  finish(down) {
    const text = this.input.value
    const marked = this.offered[this.active]
    this.take(marked ?? spelled(this.titles, text), down)
  }

  take(label, down = 0) {
    const place = this.params.node.rowIndex
    this.close()
    const isKnown = this.titles.includes(label)
    if (label !== this.row.label) this.table.pick([[this.row.key, label]])
    if (down && isKnown) this.table.focus(place + down)
  }

  close() {
    const { rowIndex } = this.params.node
    this.params.api.stopEditing(true)
    this.table.focus(rowIndex)
  }

  /** Somebody clicked another cell: what was typed counts, an unchanged cell closes. */
  leave() {
    if (this.isTyped) this.finish(0)
    else this.params.api.stopEditing(true)
  }
}
