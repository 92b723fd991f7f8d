using MlxVideo.Shared.Inputs;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Text;

namespace MlxVideo.Cli.Generate.Requests;

/// <summary>Parser for <c>--lora PATH [STRENGTH]</c> and options like it.</summary>
public static class AdapterArguments
{
    /// <summary>
    /// Parses the values of all occurrences of an option in order. A number is the strength (1 by default) of the preceding file; a file
    /// named <c>2</c> is written <c>./2</c>.
    /// </summary>
    /// <param name="option">Name of the option.</param>
    /// <param name="passes">The denoise passes that use the adapters.</param>
    /// <param name="error">The error in one sentence; null when there is none.</param>
    public static List<AdapterInput> Read(
        string option, IReadOnlyList<string> values, AdapterPasses passes, out string? error)
    {
        error = null;
        var adapters = new List<AdapterInput>();
        var strengthIsGiven = true;
        foreach (var value in values)
        {
            var notANumber = NumberText.ReadDecimal(value, out var strength);
            if (notANumber is not null && !NumberText.LooksLikeNumber(value))
            {
                adapters.Add(new AdapterInput(Path.GetFullPath(value), 1, passes));
                strengthIsGiven = false;
                continue;
            }

            if (notANumber is not null || strengthIsGiven)
            {
                error = notANumber is not null
                    ? $"{option}: {notANumber}"
                    : $"{option} {string.Join(' ', values)}: use PATH or PATH STRENGTH, for example style.safetensors 0.8; "
                        + $"use ./{value} for a file with this name.";
                return [];
            }

            adapters[^1] = adapters[^1] with { Strength = strength };
            strengthIsGiven = true;
        }

        return adapters;
    }
}
