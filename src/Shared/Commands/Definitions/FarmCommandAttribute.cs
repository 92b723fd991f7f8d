namespace MlxVideo.Shared.Commands.Definitions;

/// <summary>Describes a farm command; set on its request, a record whose constructor parameters are the arguments.</summary>
/// <param name="palette">Group of the command.</param>
/// <param name="name">Name within the group, in lower case with hyphens.</param>
/// <param name="summary">One sentence for help texts.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class FarmCommandAttribute(FarmPalette palette, string name, string summary) : Attribute
{
    /// <summary>Group of the command.</summary>
    public FarmPalette Palette { get; } = palette;

    /// <summary>Name within the group.</summary>
    public string Name { get; } = name;

    /// <summary>One sentence for help texts.</summary>
    public string Summary { get; } = summary;

    /// <summary>Method of the HTTP request.</summary>
    public string Method { get; init; } = "GET";

    /// <summary>
    /// Path of the HTTP request, with arguments in braces. The other arguments are in the query of GET and DELETE, and in the JSON body of
    /// any other method.
    /// </summary>
    public required string Path { get; init; }

    /// <summary>Maximum size of the JSON body in bytes; 0 for the API's general limit.</summary>
    public long MaxBytes { get; init; }

    /// <summary>Arguments of an example, after the command's name on the command line.</summary>
    public string Example { get; init; } = "";
}

/// <summary>Groups of commands. The command line puts those of <see cref="Farm"/> directly under <c>farm</c>.</summary>
public enum FarmPalette
{
    /// <summary>Batches, and the farm as a whole.</summary>
    Farm,

    /// <summary>Workers.</summary>
    Worker,

    /// <summary>Nodes of the cluster.</summary>
    Cluster,
}

/// <summary>Describes an argument of a farm command.</summary>
/// <param name="help">One sentence for help texts.</param>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class ArgumentAttribute(string help) : Attribute
{
    /// <summary>One sentence for help texts.</summary>
    public string Help { get; } = help;

    /// <summary>True for an argument that the command line takes by position instead of as an option.</summary>
    public bool IsPositional { get; init; }

    /// <summary>Name on the command line when it differs from that in JSON; null otherwise.</summary>
    public string? Option { get; init; }
}
