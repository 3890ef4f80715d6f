"""What an AI client can do under a person's own rights: read, and file a request. Nothing that can't be undone.

`tools.py` is the whole list. This room may use four services (`intake`, `agent_tokens`, `disclosure`, `reading`) and no
other; a contract of import-linter and a test hold that none of what it reaches approves, decides, prepares or deletes.
"""
