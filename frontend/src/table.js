// The grid: AG Grid Community with rows by key. What is shown is the view as it was drawn, what the server says has
// changed in it, and what the person did last, in this order; nothing else moves it.
import {
  CellStyleModule, ClientSideRowModelApiModule, ClientSideRowModelModule, ColumnApiModule, createGrid, CustomEditorModule,
  EventApiModule, ModuleRegistry, RenderApiModule, RowApiModule, ScrollApiModule, themeQuartz,
} from "ag-grid-community"
import { COLUMNS, EDITABLE } from "./columns.js"
import { CategoryEditor } from "./editor.js"
import { Message } from "./message.js"
import { Outbox } from "./outbox.js"
import { Selection } from "./selection.js"
import css from "./style.css"

ModuleRegistry.registerModules([
  CellStyleModule, ClientSideRowModelApiModule, ClientSideRowModelModule, ColumnApiModule, CustomEditorModule,
  EventApiModule, RenderApiModule, RowApiModule, ScrollApiModule,
])

const theme = themeQuartz.withParams({
  accentColor: "var(--st-primary-color)",
  backgroundColor: "var(--st-background-color)",
  foregroundColor: "var(--st-text-color)",
  borderColor: "var(--st-border-color)",
  browserColorScheme: "inherit",
  fontFamily: "inherit",
  fontSize: 14,
  headerBackgroundColor: "var(--st-secondary-background-color)",
  headerFontSize: 13,
  headerHeight: 32,
  rowHeight: 29,
  cellHorizontalPadding: 8,
  wrapperBorderRadius: "var(--st-base-radius)",
})

export class Table {
  constructor(views, root) {
    this.views = views
    this.outbox = new Outbox()
    this.editor = null
    this.rows = new Map()
    this.patch = {}
    this.host = document.createElement("div")
    this.host.className = "host"
    const style = document.createElement("style")
    style.textContent = css
    this.message = new Message(this)
    this.body = document.createElement("div")
    this.body.className = "grid"
    this.host.append(style, this.message.element, this.body)
    root.append(this.host) // the library measures itself
    this.root = root
    this.selection = new Selection(this)
    this.api = createGrid(this.body, this.options())
    this.body.querySelector("[role=grid], [role=treegrid]")?.setAttribute("aria-label", "Associations of assignment groups with SIS categories")
    this.selection.listen(this.body)
    this.host.addEventListener("focusin", event => { this.active = event.target })
    this.host.addEventListener("focusout", () => setTimeout(() => { if (this.host.isConnected) this.active = null }))
  }

  /** Streamlit makes a new element where something appears above it: the grid moves there with all that is open in it. */
  moveTo(root) {
    if (this.root === root) return
    const { active, scroll } = this
    const isShort = performance.now() - (this.left ?? -Infinity) < 3000 || this.host.isConnected
    this.root = root
    root.append(this.host)
    if (!isShort) return
    this.api.ensureIndexVisible(0)
    const viewport = this.viewport()
    if (viewport) [viewport.scrollTop, viewport.scrollLeft] = scroll ?? [0, 0]
    if (active && document.activeElement === document.body) active.focus({ preventScroll: true })
  }

  leave(root) {
    if (this.root !== root) return
    this.left = performance.now()
    this.root = null
    this.outbox.pause()
  }

  viewport() { return this.body.querySelector(".ag-body-viewport, .ag-grid-viewport") }

  options() {
    return {
      theme,
      themeStyleContainer: this.host,
      context: this,
      columnDefs: COLUMNS.map(column => column.field === EDITABLE ? { ...column, ...this.editable() } : column),
      defaultColDef: {
        sortable: true, comparator: () => 0, resizable: true, suppressMovable: true, suppressHeaderMenuButton: true,
        cellClassRules: { selected: params => this.selection.has(params.node.rowIndex, params.column.getColId()) },
      },
      sortingOrder: ["asc", "desc", null],
      suppressMultiSort: true,
      getRowId: ({ data }) => data.key,
      ensureDomOrder: true,
      suppressCellFocus: false,
      suppressDragLeaveHidesColumns: true,
      animateRows: false,
      rowBuffer: 12,
      stopEditingWhenCellsLoseFocus: false,
      suppressClickEdit: true,
      focusGridInnerElement: () => this.entered(),
      tabToNextCell: () => false, // Tab leaves the grid, as it does with every grid of the web (ARIA)
      onBodyScroll: ({ top, left }) => { if (this.host.isConnected) this.scroll = [top, left] },
      onSortChanged: event => this.sorted(event),
      onCellFocused: () => { this.lastFocus = this.api.getFocusedCell() ?? this.lastFocus },
      onCellDoubleClicked: event => this.opened(event.rowIndex, event.column.getColId()),
      overlayNoRowsTemplate: "<span></span>",
    }
  }

  editable() {
    return {
      editable: ({ data }) => this.titles(data).length > 0,
      cellEditor: CategoryEditor,
      suppressKeyboardEvent: ({ editing }) => editing, // the editor has its own keys
    }
  }

  // --- what Streamlit says

  update(data, send) {
    this.outbox.send = send
    this.data = data
    this.outbox.taken(data.taken)
    const view = this.views.get(data.view)
    if (view) this.draw(view)
    this.message.answer(data.answer)
  }

  viewCame(view) {
    if (view.view === this.data?.view) this.draw(view)
  }

  draw(view) {
    if (this.view?.view !== view.view) {
      const before = this.view
      this.view = view
      this.patch = this.data.patch
      this.rows = new Map(view.rows.map(row => [row[0], row]))
      if (this.editor && before) this.api.stopEditing(true)
      this.selection.forget()
      this.api.setGridOption("rowData", view.rows.map(row => this.shown(row)))
      this.api.applyColumnState({
        state: view.sort ? [{ colId: view.sort[0], sort: view.sort[1] ? "asc" : "desc" }] : [],
        defaultState: { sort: null },
      })
      if (before && before.rows[0]?.[0] !== view.rows[0]?.[0] && view.rows.length) this.api.ensureIndexVisible(0, "top")
      return
    }
    const touched = new Set([...Object.keys(this.patch), ...Object.keys(this.data.patch), ...this.lastShown ?? []])
    this.patch = this.data.patch
    this.redraw(touched)
  }

  /** A row of the view as the grid has it now. */
  shown(row) {
    const [key, course, section, group, set, proposal, assignments] = row
    const [label, status, was] = this.patch[key] ?? row.slice(7)
    const waiting = this.outbox.labels().get(key)
    const titles = this.view.sets[set]
    const isWaiting = waiting !== undefined && titles.includes(waiting)
    return { key, course, section, group, set, proposal, assignments, label: isWaiting ? waiting : label, status, was, isWaiting }
  }

  redraw(keys) {
    const update = [...keys].filter(key => this.rows.has(key)).map(key => this.shown(this.rows.get(key)))
    const moved = update.filter(row => JSON.stringify(row) !== JSON.stringify(this.row(row.key)))
    if (moved.length) {
      this.api.applyTransaction({ update: moved })
      this.api.refreshCells({ rowNodes: moved.map(row => this.api.getRowNode(row.key)), force: true, columns: [EDITABLE, "status"] })
    }
    this.lastShown = [...this.outbox.labels().keys()]
  }

  // --- what others ask

  row(key) { return this.api.getRowNode(key)?.data }
  at(place) { return this.api.getDisplayedRowAtIndex(place)?.data }
  get count() { return this.api.getDisplayedRowCount() }
  titles(row) { return this.view?.sets[row.set] ?? [] }
  place(row) { return `“${row.group}” in ${row.section}` }
  named(row) { return `SIS Category of ${this.place(row)}, ${row.course}` }

  // --- what the person does

  act(action) { this.outbox.add({ snapshot: this.data.snapshot, ...action }) }

  /** Choose labels, [key, label]; they are on their way at once. */
  pick(cells, unplaced = 0, by = "pick") {
    if (!cells.length && !unplaced) return
    const shown = cells.map(([key, label]) => [key, label, this.row(key)?.label ?? ""])
    this.act({ kind: "edit", by, cells: shown, unplaced })
    this.redraw(cells.map(([key]) => key))
  }

  details(place) {
    const row = this.at(place)
    if (row) this.act({ kind: "details", key: row.key })
  }

  opened(place, column) {
    if (this.editor && this.editor.row === this.at(place)) return // the second click of two
    if (column === EDITABLE && this.titles(this.at(place)).length) this.open(place)
    else this.details(place)
  }

  open(place, key) {
    this.api.startEditingCell({ rowIndex: place, colKey: EDITABLE, key })
  }

  sorted({ source }) {
    if (source === "api") return
    const [first] = this.api.getColumnState().filter(state => state.sort)
    this.act({ kind: "sort", column: first?.colId ?? "", ascending: first?.sort !== "desc" })
  }

  focus(place, column = EDITABLE) {
    const row = Math.min(Math.max(place, 0), this.count - 1)
    this.api.ensureIndexVisible(row)
    this.api.setFocusedCell(row, column)
  }

  focusKey(key) {
    const node = this.api.getRowNode(key)
    if (node) this.focus(node.rowIndex)
  }

  focusAgain() {
    const cell = this.api.getFocusedCell()
    if (cell) this.focus(cell.rowIndex, cell.column.getColId())
  }

  /** By Tab one comes back to where one was, at first to the first cell that can be edited. */
  entered() {
    if (!this.count) return false
    const cell = this.api.getFocusedCell() ?? this.lastFocus
    this.focus(cell?.rowIndex ?? 0, cell?.column.getColId() ?? EDITABLE)
    return true
  }
}
