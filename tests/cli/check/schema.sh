# The schema is one JSON document, also where there is no study file; --schema writes nothing else.
ecopt check --schema >schema.json; echo $?
head -n 1 schema.json
# Every section stands in it, and what is needed is said to be.
for key in study seed command params candidates metrics objectives constraints budget meter profile carbon sampler env; do
    grep -q "\"$key\": {\"description\": " schema.json || echo "no $key"
done
grep -o '"required": \["study"[^]]*\]' schema.json
grep -o '"anyOf": \[{"required"[^]]*\]}, {"required"[^]]*\]' schema.json
grep -c 'minProperties' schema.json
ls
