"""Runs ansible-inventory and host patterns of ansible-core for many cases in one process.

Input and output are JSON: {"listings": [argv…], "patterns": {"sources": […], "patterns": [[pattern, limit]…]}, "literals": […]}.
"""
import ast
import contextlib
import io
import json
import os
import sys

os.environ['ANSIBLE_LOCALHOST_WARNING'] = 'False'
os.environ['ANSIBLE_NOCOLOR'] = '1'
from ansible.cli.inventory import InventoryCLI
from ansible.errors import AnsibleError
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.inventory.ini import InventoryModule
from ansible.utils.context_objects import GlobalCLIArgs


def listing(argv):
    GlobalCLIArgs._Singleton__instance = None
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            cli = InventoryCLI(['ansible-inventory', *argv])
            cli.parse()
            cli.run()
            status = 0
        except SystemExit as exit:
            status = exit.code
        except AnsibleError as error:
            return {'status': 1, 'stdout': str(error)}
    return {'status': status, 'stdout': out.getvalue()}


def pattern(sources, text, limit):
    manager = InventoryManager(DataLoader(), sources)
    try:
        manager.subset(limit)
        return [str(host) for host in manager.get_hosts(text)]
    except AnsibleError as error:
        return str(error)


def literal(text):
    try:
        return json.loads(json.dumps(InventoryModule._parse_value(text), default=list))
    except (TypeError, ValueError):
        return {'error': True}


asked = json.load(sys.stdin)
result = {
    'listings': [listing(argv) for argv in asked.get('listings', [])],
    'patterns': [pattern(asked['sources'], *one) for one in asked.get('patterns', [])],
    'literals': [literal(text) for text in asked.get('literals', [])],
}
json.dump(result, sys.stdout)
