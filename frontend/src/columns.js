// The columns, and how their cells look. All names come from outside: they are text here, never markup.
export const EDITABLE = "label"

const STATUS = {
  Synchronized: "✓", Unassociated: "○", Broken: "✕", "No categories": "∅", "No SIS class": "?", Elsewhere: "☁",
}

function part(kind, text, title = "") {
  const made = document.createElement("span")
  made.className = kind
  made.textContent = text
  if (title) made.title = title
  return made
}

function cell(...parts) {
  const made = document.createElement("div")
  made.className = "cell"
  made.append(...parts)
  return made
}

/** A name that is cut in its middle, so that its end, which tells sections apart, stays in sight. */
function named({ value }) {
  const text = value ?? ""
  const tail = Math.min(16, Math.floor(text.length / 2))
  const made = cell(part("head", text.slice(0, text.length - tail)), part("tail", text.slice(text.length - tail)))
  made.title = text
  return made
}

function whole({ value }) {
  return cell(part("text", value ?? "", value ?? ""))
}

function category({ data, context }) {
  const made = cell(part("text", data.label, data.label))
  made.classList.add("category")
  if (context.titles(data).length) made.append(part("opens", "⌄"))
  if (data.isWaiting) made.append(part("waits", "…", "On its way"))
  return made
}

function status({ data }) {
  const [word] = data.status.split(",")
  const icon = part("icon", STATUS[word] ?? "")
  icon.setAttribute("aria-hidden", "true")
  const made = cell(icon, part("text", data.status, data.status))
  made.classList.add(`is-${word.toLowerCase().replaceAll(" ", "-")}`)
  if (data.was) made.append(part("changed", "✎ Changed", `Canvas stores: ${data.was}`))
  const details = document.createElement("button")
  Object.assign(details, { type: "button", tabIndex: -1, className: "details", textContent: "›", title: "Details" })
  details.setAttribute("aria-label", `Details of “${data.group}” in ${data.section}`)
  made.append(details)
  return made
}

function number({ value }) {
  return cell(part("number", value === null ? "?" : value.toLocaleString("en")))
}

// at 1280 px all of them fit, beside a scroll bar of 17 px
export const COLUMNS = [
  { field: "course", headerName: "Course", flex: 9, minWidth: 88, cellRenderer: named },
  { field: "section", headerName: "Section", flex: 13, minWidth: 128, cellRenderer: named },
  { field: "group", headerName: "Assignment group", flex: 12, minWidth: 130, cellRenderer: whole },
  { field: EDITABLE, headerName: "SIS Category", flex: 12, minWidth: 140, cellRenderer: category },
  { field: "proposal", headerName: "Proposal", flex: 8, minWidth: 80, cellRenderer: whole, sortable: false },
  { field: "assignments", headerName: "Assignments", width: 92, cellRenderer: number },
  { field: "status", headerName: "Status", flex: 12, minWidth: 222, cellClass: "last", cellRenderer: status },
]
