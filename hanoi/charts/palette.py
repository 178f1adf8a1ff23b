"""The colours of every figure; the pages, which give them to the themes, need nothing else of the figures."""

INK, MUTED, GRID, PAPER = "#1d2327", "#5c646b", "#d5d9dc", "#fffffe"
BLUE, VERMILLION, GREEN, PURPLE, OCHRE, GREY = "#0072b2", "#d55e00", "#009e73", "#a8508b", "#b07a00", "#7a828a"
#: In this order, for series; the lines and markers of :mod:`hanoi.charts.style` change with them.
SERIES = (BLUE, VERMILLION, GREEN, PURPLE, OCHRE)
#: From step by step (1) to all-for-all (5).
SCALE = ("#0072b2", "#64a3cb", "#a9adb1", "#e79563", "#d55e01")
