using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using NJsonSchema.CodeGeneration.CSharp;
using NSwag;
using NSwag.CodeGeneration.CSharp;
using NSwag.CodeGeneration.OperationNameGenerators;

namespace MlxVideo.EndToEnd.Tests.Processes;

/// <summary>A program with a client that NSwag generates from an OpenAPI document, compiled in memory.</summary>
internal static class GeneratedClient
{
    /// <summary>Namespace of the client; its class is <c>FarmClient</c>.</summary>
    private const string Namespace = "Generated";

    private static readonly CSharpParseOptions Language = new(LanguageVersion.Latest);

    /// <summary>Generates the client, compiles it together with a program, and returns the program's method.</summary>
    /// <param name="json">The OpenAPI document.</param>
    /// <param name="program">Source of the class <c>Program</c> in the client's namespace.</param>
    /// <param name="method">A public static method of the program.</param>
    /// <typeparam name="T">Type of the method.</typeparam>
    public static async Task<T> CompileAsync<T>(string json, string program, string method)
        where T : Delegate
    {
        var document = await OpenApiDocument.FromJsonAsync(json);
        var client = new CSharpClientGenerator(document, new CSharpClientGeneratorSettings
        {
            ClassName = "FarmClient",
            GenerateOptionalParameters = true,
            OperationNameGenerator = new SingleClientFromOperationIdOperationNameGenerator(),
            CSharpGeneratorSettings =
            {
                Namespace = Namespace,
                JsonLibrary = CSharpJsonLibrary.SystemTextJson,
                JsonLibraryVersion = 9, // the first with names of enum members
                GenerateNullableReferenceTypes = true,
                GenerateOptionalPropertiesAsNullable = true,
            },
        }).GenerateFile();
        return Load([client, program]).GetType($"{Namespace}.Program", throwOnError: true)!
            .GetMethod(method, BindingFlags.Public | BindingFlags.Static)!.CreateDelegate<T>();
    }

    private static Assembly Load(IEnumerable<string> sources)
    {
        var platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(file => MetadataReference.CreateFromFile(file));
        var compilation = CSharpCompilation.Create(
            nameof(GeneratedClient), sources.Select(source => CSharpSyntaxTree.ParseText(source, Language)), platform,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        using var assembly = new MemoryStream();
        var result = compilation.Emit(assembly);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics.Where(each => each.Severity == DiagnosticSeverity.Error)));
        return Assembly.Load(assembly.ToArray());
    }
}
