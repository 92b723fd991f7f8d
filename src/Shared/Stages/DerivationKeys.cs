using System.Security.Cryptography;
using System.Text;

namespace MlxVideo.Shared.Stages;

/// <summary>
/// Computes derivation keys: hashes of a stage with its parameters and the keys of its inputs. With the same model, equal keys mean equal
/// bytes, so a result can be reused for every clip that needs it.
/// </summary>
public static class DerivationKeys
{
    /// <summary>Returns the keys of a plan's stages by stage id; 64 lower-case hexadecimal digits each.</summary>
    public static IReadOnlyDictionary<string, string> Of(StagePlan plan)
    {
        var keys = new Dictionary<string, string>(StringComparer.Ordinal);
        var artefacts = plan.ExternalInputs.ToDictionary(given => given.Key, given => given.Value.Digest, StringComparer.Ordinal);
        foreach (var stage in plan.Stages)
        {
            var text = new StringBuilder(StageJson.Serialize(stage));
            foreach (var input in stage.Inputs)
                text.Append('\n').Append(artefacts[input]);
            var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
            keys[stage.Id] = key;
            foreach (var output in stage.Outputs)
                artefacts[output] = $"{key}/{output}";
        }

        return keys;
    }
}
