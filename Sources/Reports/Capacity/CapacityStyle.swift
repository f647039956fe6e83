/// The look of a capacity report's page, and the script that sorts its tables.
enum CapacityStyle {
  static let css = """
    :root {
      --paper: #faf9f5; --card: #ffffff; --ink: #17212b; --dim: #5b6672; --hair: #dcdad2;
      --line: #c2241c; --c0: #1f5a96; --c1: #0c7c74; --c2: #a86400; --c3: #7a4bab;
      --c4: #4c5c6b; --c5: #8a8f98; --yes: #1c7240; --but: #8a5a00; --no: #b3261e;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --paper: #10161c; --card: #182129; --ink: #e6ebef; --dim: #9aa7b3; --hair: #2b3742;
        --line: #ff6f61; --c0: #6cabe8; --c1: #4fc4b8; --c2: #e5a84b; --c3: #b692ea;
        --c4: #a9b8c6; --c5: #7c8894; --yes: #63c98b; --but: #e5a84b; --no: #ff8a7d;
      }
    }
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; }
    body {
      margin: 0 auto; padding: 24px 16px 64px; max-width: 1264px; background: var(--paper);
      color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif;
    }
    h1 { font-size: clamp(26px, 5vw, 40px); line-height: 1.15; margin: 0 0 12px; letter-spacing: -0.01em;
      text-wrap: balance; overflow-wrap: anywhere; }
    h2 { font-size: 22px; margin: 48px 0 12px; padding-top: 12px; border-top: 3px solid var(--line); }
    h3 { font-size: 16px; margin: 20px 0 6px; overflow-wrap: anywhere; }
    a { color: var(--c0); text-underline-offset: 2px; }
    .eyebrow { margin: 0 0 4px; color: var(--dim); font-size: 14px; }
    .lede { margin: 0 0 16px; max-width: 68ch; }
    .dim { color: var(--dim); font-size: 13px; margin: 6px 0; overflow-wrap: anywhere; }
    .none { color: var(--dim); font-size: 14px; }
    .facts { display: flex; flex-wrap: wrap; gap: 12px 36px; margin: 0 0 8px; }
    .facts dt { color: var(--dim); font-size: 13px; }
    .facts dd { margin: 0; font-size: 20px; font-variant-numeric: tabular-nums; }
    .badge { display: inline-block; border: 1px solid currentColor; border-radius: 9px; padding: 0 7px;
      font-size: 11px; line-height: 17px; vertical-align: 1px; color: var(--dim); }
    .badge.datasheet, .badge.assumption, .badge.extrapolated { color: var(--but); }
    .badge.measured, .badge.given { color: var(--yes); }
    .scroll { overflow-x: auto; border: 1px solid var(--hair); border-radius: 6px; background: var(--card); }
    table { border-collapse: separate; border-spacing: 0; width: 100%; font-size: 12.5px; font-variant-numeric: tabular-nums; }
    th, td { padding: 5px 8px; text-align: left; white-space: nowrap; border-bottom: 1px solid var(--hair); }
    tbody tr:last-child td { border-bottom: 0; }
    th { color: var(--dim); font-weight: 600; }
    th:first-child, td:first-child { position: sticky; left: 0; background: var(--card); }
    th.n, td.n { text-align: right; }
    th[aria-sort] { cursor: pointer; }
    th[aria-sort]:hover { color: var(--ink); }
    th[aria-sort=ascending]::after { content: " ↑"; }
    th[aria-sort=descending]::after { content: " ↓"; }
    th:focus-visible, .scroll:focus-visible { outline: 2px solid var(--c0); outline-offset: -2px; }
    .verdict { font-weight: 600; }
    .verdict.fits { color: var(--yes); }
    .verdict.tight, .verdict.streams, .verdict.unknown { color: var(--but); }
    .verdict.exceeds { color: var(--no); }
    .cards { display: grid; gap: 16px; grid-template-columns: repeat(auto-fill, minmax(min(100%, 340px), 1fr)); }
    .card { background: var(--card); border: 1px solid var(--hair); border-radius: 8px; padding: 14px 16px;
      min-width: 0; break-inside: avoid; }
    .card h3 { margin: 0; font-size: 17px; }
    .card figure { margin: 12px 0 0; }
    .figures { display: grid; gap: 24px 32px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 500px), 1fr)); }
    figure { margin: 0; min-width: 0; break-inside: avoid; }
    figcaption { font-size: 13px; color: var(--dim); margin-top: 4px; }
    figcaption a { white-space: nowrap; }
    details { margin-top: 10px; font-size: 13.5px; }
    summary { cursor: pointer; color: var(--dim); }
    .keys { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 13px; color: var(--dim); margin: 0 0 12px; }
    .key i { display: inline-block; width: 12px; height: 12px; margin-right: 6px; vertical-align: -1px;
      background: currentColor; }
    .key i.overkey { background: none; border: 2px solid var(--line); }
    .chart { display: block; max-width: 100%; height: auto; overflow: visible; }
    .chart .t { font-size: 12px; fill: var(--ink); font-variant-numeric: tabular-nums; }
    .chart .dim { fill: var(--dim); }
    .chart .t.label { fill: currentColor; font-weight: 600; paint-order: stroke;
      stroke: var(--paper); stroke-width: 3px; stroke-linejoin: round; }
    .chart .t.limit { fill: var(--line); font-weight: 600; }
    .chart .axis { stroke: var(--dim); }
    .chart .grid { stroke: var(--hair); }
    .chart .rule { stroke: var(--dim); stroke-dasharray: 2 3; }
    .chart .line { fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; }
    .chart .dashed { stroke-dasharray: 6 4; stroke-width: 1.5; }
    .chart .band { fill: currentColor; opacity: 0.18; }
    .chart .dot { fill: currentColor; stroke: var(--paper); }
    .chart .dot.hollow { fill: var(--paper); stroke: currentColor; stroke-width: 2; }
    .chart .whisker { stroke: currentColor; stroke-width: 1.5; }
    .chart .hull { fill: var(--hair); opacity: 0.6; }
    .chart .bar { fill: currentColor; }
    .chart .over { fill: var(--line); opacity: 0.8; }
    .chart .loadline { stroke: var(--line); stroke-width: 2.5; }
    .chart .cut { fill: none; stroke: var(--card); stroke-width: 2.5; }
    .s0 { color: var(--c0); } .s1 { color: var(--c1); } .s2 { color: var(--c2); }
    .s3 { color: var(--c3); } .s4 { color: var(--c4); } .s5 { color: var(--c5); }
    .narrow { display: none; }
    @media screen and (max-width: 600px) {
      .wide { display: none; }
      .narrow { display: block; }
      .facts { gap: 8px 24px; }
      th:first-child, td:first-child { white-space: normal; min-width: 110px; max-width: 44vw;
        overflow-wrap: break-word; }
    }
    #appendix dt { font-weight: 600; margin-top: 14px; }
    #appendix dd { margin: 2px 0 0; max-width: 76ch; font-size: 14.5px; overflow-wrap: anywhere; }
    #appendix dt:target { color: var(--line); }
    @media print {
      body { max-width: none; padding: 0; font-size: 11pt; background: none; }
      .scroll { overflow: visible; border: 0; }
      table { font-size: 7.5pt; }
      th, td { padding: 2px 4px; }
      td:first-child, td:last-child { white-space: normal; }
      tr { break-inside: avoid; }
      h2, h3, dt { break-after: avoid; }
      details > summary { display: none; }
      a { color: inherit; text-decoration: none; }
      .cards { grid-template-columns: repeat(2, 1fr); }
    }
    """

  /// Makes the headings of sortable tables sort: numbers and verdicts by what they stand for, words by the
  /// alphabet, what is missing (a dash) last.
  static let sorting = """
    for (const table of document.querySelectorAll("table.sortable")) {
      const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
      heads.forEach((head, column) => {
        head.tabIndex = 0;
        head.setAttribute("aria-sort", "none");
        const sort = () => {
          const up = head.getAttribute("aria-sort") !== "ascending";
          heads.forEach(other => other.setAttribute("aria-sort", "none"));
          head.setAttribute("aria-sort", up ? "ascending" : "descending");
          const key = row => row.cells[column], gone = cell => cell.textContent === "–";
          [...body.rows].sort((a, b) => {
            const [x, y] = [key(a), key(b)], [v, w] = [x.dataset.v, y.dataset.v];
            if (gone(x) !== gone(y)) return gone(x) ? 1 : -1;
            const order = v === undefined || w === undefined
              ? x.textContent.localeCompare(y.textContent) : Number(v) - Number(w);
            return up ? order : -order;
          }).forEach(row => body.append(row));
        };
        head.addEventListener("click", sort);
        head.addEventListener("keydown", event => { if (event.key === "Enter") sort(); });
      });
    }
    """
}
