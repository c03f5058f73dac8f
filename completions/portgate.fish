complete --keep-order --exclusive --command portgate --arguments "(PORTGATE_COMPLETE=fish portgate -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token))"
