"""The web chat and the web desk: pages, and the two channels behind them."""
