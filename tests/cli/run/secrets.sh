# What variables hold that are called secret is not found in anything that ecopt keeps.
cat >study.yaml <<'END'
study: s
sampler: sobol
command: sh program.sh {x}
params: {x: {type: int, min: 0, max: 9}}
metrics: {loss: {}}
objectives: {loss: min}
budget: {trials: 1}
env: {API_KEY: "literal-key-1"}
inherit_env: [PATH, MY_LOGIN, "*_TOKEN"]
secrets: [MY_LOGIN]
END
cat >program.sh <<'END'
echo "token $HF_TOKEN login $MY_LOGIN key $API_KEY other [$OTHER]"
printf '%s' "${HF_TOKEN%???}" >&2
sleep 0.1
echo "${HF_TOKEN#${HF_TOKEN%???}} $MY_LOGIN" >&2
exit 3
END
export HF_TOKEN=hf_0123456789 MY_LOGIN=abcd OTHER=seen
ecopt run 2>&1 | grep -c 'hf_0123\|abcd\|literal-key'
ecopt show 1 | head -n 1
cat s.ecopt/trials/0001/run.out
grep -rc 'hf_0123456789\|literal-key-1' s.ecopt/study.db s.ecopt/trials
# Renewed secrets are the same study.
sed -i 's/literal-key-1/another-one/' study.yaml
HF_TOKEN=hf_new_one_0 ecopt run -q --trials 2 2>/dev/null
ecopt trials --format csv | wc -l
