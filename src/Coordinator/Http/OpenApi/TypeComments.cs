using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using MlxVideo.Shared.Json;

namespace MlxVideo.Coordinator.Http.OpenApi;

/// <summary>The documentation comments of the API's records, from the file that the compiler writes beside the assembly.</summary>
internal static partial class TypeComments
{
    private static readonly Lazy<FrozenDictionary<string, XElement>> Members = new(Read);

    /// <summary>Returns the summary of a type; null when it has none.</summary>
    public static string? Of(Type type) => Find($"T:{type.FullName}")?.Element("summary") is { } summary ? TextOf(summary) : null;

    /// <summary>Returns the description of a property: its summary, or that of the parameter that declares it.</summary>
    public static string? Of(JsonPropertyInfo property)
    {
        var member = (MemberInfo)property.AttributeProvider!;
        var type = member.DeclaringType!.FullName;
        var comment = Find($"P:{type}.{member.Name}")?.Element("summary")
            ?? Find($"T:{type}")?.Elements("param").FirstOrDefault(each => each.Attribute("name")?.Value == member.Name);
        return comment is null ? null : TextOf(comment);
    }

    private static XElement? Find(string id) => Members.Value.GetValueOrDefault(id);

    private static FrozenDictionary<string, XElement> Read()
    {
        var file = Path.Combine(AppContext.BaseDirectory, $"{typeof(FarmJson).Assembly.GetName().Name}.xml");
        return File.Exists(file)
            ? XDocument.Load(file).Descendants("member").ToFrozenDictionary(member => member.Attribute("name")!.Value)
            : FrozenDictionary<string, XElement>.Empty;
    }

    private static string TextOf(XElement comment) =>
        Space().Replace(string.Concat(comment.Nodes().Select(TextOf)), " ").Trim();

    private static string TextOf(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "see" } see when see.Attribute("cref")?.Value is { } reference => NameOf(reference),
        XElement { Name.LocalName: "paramref" } parameter =>
            JsonNamingPolicy.SnakeCaseLower.ConvertName(parameter.Attribute("name")!.Value),
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement other => string.Concat(other.Nodes().Select(TextOf)),
        _ => "",
    };

    /// <summary>Returns the name of a referenced member as the document has it.</summary>
    private static string NameOf(string reference)
    {
        var name = reference[(reference.LastIndexOf('.') + 1)..];
        return reference.StartsWith("P:", StringComparison.Ordinal) ? JsonNamingPolicy.SnakeCaseLower.ConvertName(name) : name;
    }

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Space();
}
