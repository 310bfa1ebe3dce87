ecopt doctor --json >doctor.json && python3 -m json.tool doctor.json >/dev/null && echo json
ecopt doctor --json -o out.json && cmp out.json doctor.json && echo same
ecopt doctor --json --sources none | head -n 1
