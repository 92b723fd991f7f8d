using MlxVideo.Engine.Adapters;
using MlxVideo.Shared.Text;

namespace MlxVideo.Cli.Generate;

/// <summary>Adapters as <c>--lora PATH [STRENGTH]</c> names them.</summary>
public static class AdapterArguments
{
    /// <summary>
    /// Reads the values of all <c>--lora</c> options in order. A value that is a number is the strength of the file before
    /// it, 1 by default, so a file called <c>2</c> is written <c>./2</c>.
    /// </summary>
    /// <param name="values">The values.</param>
    /// <param name="fault">What is wrong, in one sentence; null when all is well.</param>
    public static IReadOnlyList<AdapterFile> Read(IReadOnlyList<string> values, out string? fault)
    {
        fault = null;
        var adapters = new List<AdapterFile>();
        var strengthIsGiven = true;
        foreach (var value in values)
        {
            var notANumber = NumberText.ReadDecimal(value, out var strength);
            if (notANumber is not null && !NumberText.LooksLikeNumber(value))
            {
                adapters.Add(new AdapterFile(value, 1));
                strengthIsGiven = false;
                continue;
            }

            if (notANumber is not null || strengthIsGiven)
            {
                fault = notANumber is not null
                    ? $"--lora: {notANumber}"
                    : $"--lora {string.Join(' ', values)}: write PATH or PATH STRENGTH, as in style.safetensors 0.8; "
                        + $"write ./{value} if the file has this name.";
                return [];
            }

            adapters[^1] = adapters[^1] with { Strength = strength };
            strengthIsGiven = true;
        }

        return adapters;
    }
}
