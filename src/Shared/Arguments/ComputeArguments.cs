using System.CommandLine;

namespace MlxVideo.Shared.Arguments;

/// <summary>Options that select the engine's device, dtype and kernels.</summary>
public static class ComputeArguments
{
    private const string Auto = "auto";

    /// <summary><c>--device</c>.</summary>
    public static Option<string> Device() => new("--device")
    {
        Description = "auto, cpu, mps (Apple's Metal) or cuda.",
        DefaultValueFactory = _ => Auto,
        CompletionSources = { Auto, "cpu", "mps", "cuda" },
    };

    /// <summary><c>--dtype</c>.</summary>
    public static Option<string> Dtype() => new("--dtype")
    {
        Description = "auto, float32 or bfloat16; auto is float32 on the CPU and bfloat16 elsewhere.",
        DefaultValueFactory = _ => Auto,
        CompletionSources = { Auto, "float32", "bfloat16" },
    };

    /// <summary><c>--kernels</c>.</summary>
    public static Option<string> Kernels() => new("--kernels")
    {
        Description = "auto, plain, metal-safe, or metal-fast, which uses faster forms where the self-test approves them; auto is "
            + "metal-safe on mps.",
        DefaultValueFactory = _ => Auto,
        CompletionSources = { Auto, "plain", "metal-safe", "metal-fast" },
    };
}
