"""What ansible-core makes of tags, free-form strings and whole playbooks. JSON in, JSON out."""
import json, os, sys
os.environ["ANSIBLE_LOCALHOST_WARNING"] = "false"
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.splitter import parse_kv
from ansible.playbook import Playbook
from ansible.playbook.block import Block
from ansible.playbook.taggable import Taggable
from ansible.inventory.manager import InventoryManager
from ansible.vars.manager import VariableManager


def runs(own, only, skip):
    class Tagged(Taggable):
        tags = own
        _loader = DataLoader()
    # The command line gives "all" where no --tags is given.
    return bool(Tagged().evaluate_tags(frozenset(only or ["all"]), frozenset(skip), {}))


def words(text, raw):
    try:
        return parse_kv(text, check_raw=raw)
    except Exception as error:
        return str(error)


def flatten(blocks):
    for node in blocks:
        if isinstance(node, Block):
            yield from flatten(node.block)
            yield from flatten(node.rescue)
            yield from flatten(node.always)
        elif not (node.implicit and node.action == "meta"):
            yield node


def describe(task):
    names = ["name", "register", "retries", "delay", "changed_when", "failed_when", "until", "become", "become_user",
             "ignore_errors", "any_errors_fatal", "check_mode", "no_log", "run_once", "delegate_to", "throttle",
             "connection", "remote_user", "port", "timeout", "diff", "when", "tags", "environment", "loop", "notify"]
    said = {name: getattr(task, name) for name in names}
    said["action"] = task.action.rpartition(".")[2]
    said["args"] = task.args
    said["loop_with"] = task.loop_with
    said["loop_var"] = task.loop_control.loop_var
    said["index_var"] = task.loop_control.index_var
    said["listen"] = getattr(task, "listen", None)
    said["vars"] = task.get_vars()
    return said


def load(file):
    loader = DataLoader()
    variables = VariableManager(loader=loader, inventory=InventoryManager(loader=loader, sources=["localhost,"]))
    book = Playbook.load(file, variable_manager=variables, loader=loader)
    return [{
        "name": play.get_name(),
        "hosts": play.hosts,
        "vars": play.vars,
        "serial": play.serial,
        "gather_facts": play.gather_facts,
        "sections": [[describe(t) for t in flatten(part)] for part in (play.pre_tasks, play.tasks, play.post_tasks)],
        "handlers": [describe(t) for t in flatten(play.handlers)],
    } for play in book.get_plays()]


question = json.load(sys.stdin)
json.dump({
    "tags": [runs(*case) for case in question.get("tags", [])],
    "words": [words(*case) for case in question.get("words", [])],
    "playbooks": [load(file) for file in question.get("playbooks", [])],
}, sys.stdout, default=str)
