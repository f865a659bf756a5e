"""Evaluates the cases of stdin (JSON) with ansible-core, and prints their results as JSON; see oracle.test.ts."""
import json
import os
import subprocess
import sys

# Texts are rendered as the template module does it, in a process of their own: the mode is the process's
TEXTS = sys.argv[1:] == ["texts"]
os.environ["ANSIBLE_JINJA2_NATIVE"] = "0" if TEXTS else "1"
os.environ["ANSIBLE_DEPRECATION_WARNINGS"] = "0"
os.environ["TZ"] = "UTC"

from ansible.parsing.dataloader import DataLoader
from ansible.playbook.conditional import Conditional
from ansible.template import Templar
from ansible.parsing.yaml.loader import AnsibleLoader


def run(kind, text, variables):
    templar = Templar(loader=DataLoader(), variables=variables)
    if kind == "expressions":
        # The prefix keeps Ansible from reading the JSON back
        return templar.template("J:{{ (" + text + ") | to_json }}")[2:]
    if kind == "texts":
        return templar.template("T:" + text, convert_data=False)[2:]
    conditional = Conditional(loader=DataLoader())
    conditional.when = [text]
    return conditional.evaluate_conditional(templar, variables)


def result(kind, text, variables):
    try:
        return {"value": run(kind, text, variables)}
    except BaseException as error:  # a failing expression is a result
        return {"error": str(error).split("\n")[0][:200]}


source = sys.stdin.read()
groups = AnsibleLoader(source, file_name="cases").get_single_data()
recorded = {}
for group in groups:
    variables = group.get("vars", {})
    for kind in ("texts",) if TEXTS else ("expressions", "conditions"):
        for text in group.get(kind, []):
            recorded[group["group"] + " | " + kind + " | " + str(text)] = result(kind, str(text), variables)
if not TEXTS:
    texts = subprocess.run([sys.executable, __file__, "texts"], input=source, capture_output=True, text=True, check=True)
    recorded.update(json.loads(texts.stdout))
json.dump(recorded, sys.stdout, indent=2, sort_keys=True)
print()
