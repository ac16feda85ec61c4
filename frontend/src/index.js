// What Streamlit calls: once for the rows of a view, and at each run of the page for what changed in them since.
// The rows are a message of their own, which Streamlit does not send again while they stay the same.
import { Table } from "./table.js"

const views = new Map() // rows by the id of their view; the newest few
const tables = new WeakMap() // by the element that they were mounted in
let present = null

/** The rows of one view, once. */
export function rows({ data }) {
  views.delete(data.view)
  views.set(data.view, data)
  while (views.size > 3) views.delete(views.keys().next().value)
  present?.viewCame(data)
}

/** The grid itself; again whenever something about it changed. */
export function grid({ data, parentElement, setStateValue }) {
  let table = tables.get(parentElement)
  if (!table) {
    table = new Table(parentElement, views)
    tables.set(parentElement, table)
  }
  present = table
  table.update(data, actions => setStateValue("outbox", actions))
  return () => {
    table.destroy()
    tables.delete(parentElement)
    if (present === table) present = null
  }
}
