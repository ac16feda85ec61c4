// Several cells of one column at once: to select, copy, paste, fill down and empty them. Rows by their place while one
// looks at them; every edit that leaves names keys.
import { lines, spelled } from "./choices.js"
import { COLUMNS, EDITABLE } from "./columns.js"

const UNASSOCIATED = "Unassociated"
const FIRST = COLUMNS[0].field
const LAST = COLUMNS.at(-1).field

export class Selection {
  constructor(table) {
    this.table = table
    this.forget()
  }

  forget() {
    this.column = null
    this.from = this.to = -1
    this.table.message.selected(0)
  }

  has(place, column) { return column === this.column && this.from !== this.to && place >= this.low && place <= this.high }
  get low() { return Math.min(this.from, this.to) }
  get high() { return Math.max(this.from, this.to) }

  listen(element) {
    element.addEventListener("keydown", event => this.key(event), true)
    // keys that Streamlit knows for itself (R, C) are for this grid while one is in it
    element.addEventListener("keydown", event => event.stopPropagation())
    element.addEventListener("copy", event => this.copy(event))
    element.addEventListener("paste", event => this.paste(event))
    element.addEventListener("pointerdown", event => this.press(event), true)
    element.addEventListener("mouseover", event => this.drag(event))
    element.addEventListener("click", event => this.click(event)) // the library tells of it when its target is forgotten
  }

  get focused() {
    const cell = this.table.api.getFocusedCell()
    return cell && { place: cell.rowIndex, column: cell.column.getColId() }
  }

  /** The places that are meant: those selected, else the cell with the focus. */
  places() {
    const { focused } = this
    if (!focused) return []
    if (this.has(focused.place, focused.column)) return Array.from({ length: this.high - this.low + 1 }, (_, more) => this.low + more)
    return [focused.place]
  }

  select(column, from, to) {
    const before = [this.column, this.low, this.high]
    Object.assign(this, { column, from, to: Math.min(Math.max(to, 0), this.table.count - 1) })
    const low = Math.max(Math.min(before[1], this.low), 0), high = Math.max(before[2], this.high)
    const nodes = []
    for (let place = low; place <= high; place++) nodes.push(this.table.api.getDisplayedRowAtIndex(place))
    const columns = [...new Set([before[0], column].filter(Boolean))]
    this.table.api.refreshCells({ rowNodes: nodes.filter(Boolean), columns, force: true })
    this.table.message.selected(this.from !== this.to ? this.high - this.low + 1 : 0)
  }

  key(event) {
    if (this.isEditing(event) || !event.composedPath().some(place => place.classList?.contains("ag-cell"))) return
    const { focused } = this
    if (focused && this.act(event, focused)) {
      event.preventDefault()
      event.stopPropagation()
    }
  }

  isEditing(event) {
    return event.composedPath().some(place => place.classList?.contains("editor"))
  }

  act(event, { place, column }) {
    const { table } = this, control = event.ctrlKey || event.metaKey, key = event.key.toLowerCase()
    const last = table.count - 1
    if (event.shiftKey && !control && ["arrowdown", "arrowup", "pagedown", "pageup"].includes(key)) {
      const step = { arrowdown: 1, arrowup: -1, pagedown: 15, pageup: -15 }[key]
      return this.extend(column, place, place + step)
    }
    if (event.shiftKey && control && ["arrowdown", "end"].includes(key)) return this.extend(column, place, last)
    if (event.shiftKey && control && ["arrowup", "home"].includes(key)) return this.extend(column, place, 0)
    if (control && key === "a") { this.select(column, 0, last); return true }
    if (control && key === "d") return this.fill()
    if (control && key === "z") { table.act({ kind: "undo" }); return true }
    if (control) return false
    if (key === "home") { table.focus(place, FIRST); return true }
    if (key === "end") { table.focus(place, LAST); return true }
    if (key === "delete" || key === "backspace") return this.empty()
    if (key === "enter" || key === "f2") { table.opened(place, column); return true }
    if (key === "escape") {
      table.message.close()
      if (this.from !== this.to) this.select(column, place, place)
      return true
    }
    if (event.key.length === 1 && key !== " " && column === EDITABLE && !event.altKey) {
      if (table.titles(table.at(place)).length) table.open(place, event.key)
      return true
    }
    if (["arrowdown", "arrowup", "arrowleft", "arrowright", "pagedown", "pageup"].includes(key) && this.from !== this.to) {
      this.select(null, -1, -1)
    }
    return false
  }

  extend(column, place, to) {
    const from = this.column === column && this.to === place ? this.from : place
    this.select(column, from, to)
    this.table.focus(this.to, column)
    return true
  }

  press(event) {
    const cell = this.cellOf(event)
    this.isDown = this.hadFocus = false
    if (!cell || event.button || this.isEditing(event)) return
    this.table.editor?.leave()
    const { focused } = this
    if (event.shiftKey && focused && focused.column === cell.column) {
      this.select(cell.column, this.column === cell.column && this.from >= 0 && this.from !== this.to ? this.from : focused.place, cell.place)
      this.table.focus(cell.place, cell.column)
      event.preventDefault()
      return
    }
    if (this.from !== this.to) this.select(null, -1, -1)
    this.hadFocus = focused?.column === cell.column && focused.place === cell.place
    this.isDown = true
    this.start = cell
  }

  click(event) {
    const cell = this.cellOf(event)
    if (!cell || this.isEditing(event)) return
    const [target] = event.composedPath()
    if (target.closest(".details")) this.table.details(cell.place)
    else if (cell.column === EDITABLE && !event.shiftKey && (target.closest(".opens") || this.hadFocus)) {
      this.table.opened(cell.place, EDITABLE)
    }
  }

  drag(event) {
    if (!this.isDown || !(event.buttons & 1)) return
    const cell = this.cellOf(event)
    if (!cell || cell.column !== this.start.column || cell.place === this.to) return
    if (cell.place === this.start.place && this.from < 0) return
    this.select(cell.column, this.start.place, cell.place)
    this.table.focus(cell.place, cell.column)
  }

  cellOf(event) {
    const cell = event.composedPath().find(place => place.classList?.contains("ag-cell"))
    const row = cell?.closest("[row-index]")
    return row && { place: Number(row.getAttribute("row-index")), column: cell.getAttribute("col-id") }
  }

  copy(event) {
    const { focused } = this
    if (this.isEditing(event) || !focused) return
    const texts = this.places().map(place => String(this.table.at(place)[focused.column] ?? ""))
    event.clipboardData.setData("text/plain", texts.join("\n"))
    event.preventDefault()
  }

  paste(event) {
    if (this.isEditing(event) || !this.focused) return
    event.preventDefault()
    const texts = lines(event.clipboardData.getData("text/plain"))
    const places = this.places()
    const [first] = places
    const targets = texts.length === 1 ? places : texts.map((_, more) => first + more)
    const inside = targets.filter(place => place < this.table.count)
    const cells = inside.map((place, line) => this.cell(place, texts.length === 1 ? texts[0] : texts[line]))
    this.table.pick(cells, targets.length - inside.length, "paste")
    if (inside.length > 1) this.select(EDITABLE, inside[0], inside.at(-1))
    this.table.focus(inside[0])
  }

  cell(place, text) {
    const row = this.table.at(place)
    return [row.key, text === "" ? UNASSOCIATED : spelled(this.table.titles(row), text)]
  }

  /** The first of the selected cells, or the one above a single cell, into all the others. */
  fill() {
    const places = this.places()
    const from = places.length > 1 ? places[0] : places[0] - 1
    if (from < 0) return true
    const { label } = this.table.at(from)
    const cells = places.filter(place => place !== from).map(place => this.cell(place, label))
    this.table.pick(cells, 0, "fill")
    return true
  }

  empty() {
    this.table.pick(this.places().map(place => this.cell(place, "")), 0, "clear")
    return true
  }
}
