"""The server: both systems on one port, and the control routes below `/_sandbox`."""
