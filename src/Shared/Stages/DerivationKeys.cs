using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MlxVideo.Shared.Json;

namespace MlxVideo.Shared.Stages;

/// <summary>
/// Names each task's result by what it follows from: the stage with its parameters, and the keys of its inputs. With the
/// same model, equal keys mean equal bytes, so a result serves every clip that asks for it.
/// </summary>
public static class DerivationKeys
{
    /// <summary>The keys of a plan's tasks by id; 64 lower-case hexadecimal digits each.</summary>
    public static IReadOnlyDictionary<string, string> Of(StagePlan plan)
    {
        var keys = new Dictionary<string, string>(StringComparer.Ordinal);
        var artefacts = plan.ExternalInputs.ToDictionary(given => given.Key, given => given.Value.Digest, StringComparer.Ordinal);
        foreach (var task in plan.Tasks)
        {
            var text = new StringBuilder(JsonSerializer.Serialize(task, FarmJson.Options));
            foreach (var input in task.Inputs)
                text.Append('\n').Append(artefacts[input]);
            var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
            keys[task.Id] = key;
            foreach (var output in task.Outputs)
                artefacts[output] = $"{key}/{output}";
        }

        return keys;
    }
}
